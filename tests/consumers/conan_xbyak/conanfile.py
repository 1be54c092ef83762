"""The system's xbyak as a package, so that the test asks no server."""

import os

from conan import ConanFile
from conan.tools.files import copy


class Xbyak(ConanFile):
    name = "xbyak"
    version = "6.68"
    package_type = "header-library"
    exports_sources = "xbyak/*"

    def package(self):
        copy(self, "xbyak/*", self.source_folder, os.path.join(self.package_folder, "include"))

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
