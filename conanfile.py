import os
import re

from conan import ConanFile
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
    exports_sources = "include/*", "packages/gdb/*", "LICENSE"
    no_copy_source = True

    def set_version(self):
        header = load(self, os.path.join(self.recipe_folder, "include/riser/version.hpp"))
        self.version = re.search(r'#define RISER_VERSION "(.*)"', header)[1]

    def package_id(self):
        self.info.clear()

    def validate(self):
        check_min_cppstd(self, 20)

    def package(self):
        copy(self, "*", os.path.join(self.source_folder, "include"), os.path.join(self.package_folder, "include"))
        copy(self, "riser.py", os.path.join(self.source_folder, "packages/gdb"), os.path.join(self.package_folder, "share/riser/gdb"))
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        if self.settings.os in ("Linux", "FreeBSD"):
            self.cpp_info.system_libs = ["pthread"]
