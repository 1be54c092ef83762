import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load

required_conan_version = ">=2.0"


class Riser(ConanFile):
    name = "riser"
    description = "WebAssembly engine for C++20, header-only"
    license = "MIT"
    topics = "webassembly", "wasm", "interpreter", "header-only"
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"jit": ["none", "baseline"]}
    default_options = {"jit": "none"}
    exports_sources = "include/*", "backends/*", "packages/gdb/*", "LICENSE"
    no_copy_source = True

    def set_version(self):
        header = load(self, os.path.join(self.recipe_folder, "include/riser/version.hpp"))
        self.version = re.search(r'#define RISER_VERSION "(.*)"', header)[1]

    def requirements(self):
        if self.options.jit == "baseline":
            self.requires("xbyak/[>=6.68]")

    def package_id(self):
        self.info.clear()

    def validate(self):
        check_min_cppstd(self, 20)
        if self.options.jit == "baseline" and (self.settings.os != "Linux" or self.settings.arch != "x86_64"):
            raise ConanInvalidConfiguration("jit=baseline is for Linux on x86_64")

    def package(self):
        copy(self, "*", os.path.join(self.source_folder, "include"), os.path.join(self.package_folder, "include"))
        copy(self, "*", os.path.join(self.source_folder, "backends"), os.path.join(self.package_folder, "include"))
        copy(self, "riser.py", os.path.join(self.source_folder, "packages/gdb"), os.path.join(self.package_folder, "share/riser/gdb"))
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        if self.options.jit == "baseline":
            self.cpp_info.defines = ["RISER_JIT_BASELINE"]
        if self.settings.os in ("Linux", "FreeBSD"):
            self.cpp_info.system_libs = ["pthread"]
