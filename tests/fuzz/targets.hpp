#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace fuzz {

// Each takes any bytes, and ends the program with a message where the engine is wrong about them.

/// Decodes and validates. A module that is refused must be refused with a message and a place.
void decode(std::span<const std::byte> bytes);

/// Makes a binary of a text. One that is refused must be refused with a message and a place; one that is not must become
/// a module, valid or not.
void parse(std::span<const std::byte> bytes);

/// Prints a module, which must be what the text is read back as. One that is refused must be refused with a message and a
/// place, and one that is valid must not be.
void print(std::span<const std::byte> bytes);

/// Looks for source lines in a module, and in the same bytes as a section `.debug_line`. What is found must be a place.
void lines(std::span<const std::byte> bytes);

/// Reads a script. One that is refused must be refused with a message and a place.
void script(std::span<const std::byte> bytes);

/// Runs every export of a module in several memory modes and compile modes, which must not be seen to differ.
void differential(std::span<const std::byte> bytes);
/// What it would end with; empty where nothing differs.
[[nodiscard]] std::string difference(std::span<const std::byte> bytes);

} // namespace fuzz
