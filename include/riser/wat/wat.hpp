#pragma once

/// The text format of WebAssembly (Core specification, chapter 6).
///
///     std::vector<std::byte> binary = riser::wat::to_binary("(module (func (export \"f\")))");
///     riser::result<riser::module> module = riser::module::try_compile(engine, binary);
///     if (!module) { report(riser::wat::locate(module.error(), text).what()); } // "3:14: type mismatch ..."
///
/// The engine does not need this; whoever includes it compiles it, unless riser/source.hpp does, with RISER_WAT.
#include "riser/wat/locate.hpp"
#include "riser/wat/parse.hpp"
#include "riser/wat/parse_error.hpp"
#include "riser/wat/position.hpp"
#include "riser/wat/print.hpp"
