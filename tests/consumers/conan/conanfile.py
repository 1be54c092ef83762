"""The recipe's test package: builds the CMake consumer with what Conan generates."""

import os

from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, cmake_layout


class Consumer(ConanFile):
    settings = "os", "arch", "compiler", "build_type"
    generators = "CMakeDeps", "CMakeToolchain"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self)

    def build(self):
        cmake = CMake(self)
        native = self.dependencies["riser"].options.jit == "baseline"
        cmake.configure({"SOURCES": "native.cpp"} if native else {})
        cmake.build()

    def test(self):
        if can_run(self):
            self.run(f'"{os.path.join(self.cpp.build.bindir, "app")}" "{self.conf.get("user.riser:guests")}"', env="conanrun")
