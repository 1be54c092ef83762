"""What a script sees of a file system, and what it is refused."""
import errno
import os
import pathlib
import shutil
import stat
import sys
import tempfile


def attempt(title, action):
    try:
        print(title, "->", action())
    except OSError as error:
        print(title, "->", type(error).__name__, errno.errorcode.get(error.errno))


root = pathlib.Path("tree")
(root / "a" / "b").mkdir(parents=True)
for index, name in enumerate(["one", "two", "größe", "a b"]):
    (root / "a" / f"{name}.txt").write_text(name * (index + 1), encoding="utf-8")
(root / "empty").mkdir()
with open(root / "binary", "wb+") as file:
    file.write(bytes(range(256)) * 40)
    file.seek(-5, os.SEEK_END)
    print(file.read(), file.tell())
    file.seek(0x100)
    file.write(b"patched")
    file.truncate(5000)
    print(os.fstat(file.fileno()).st_size)
with open(root / "log", "a", encoding="utf-8") as file:
    file.write("first\n")
with open(root / "log", "a+", encoding="utf-8") as file:
    print("second", file=file)
    file.seek(0)
    print(file.read().splitlines())
os.symlink("a/one.txt", root / "link")
os.symlink("nowhere", root / "dangling")
os.link(root / "a" / "one.txt", root / "hard")
print(os.readlink(root / "link"), (root / "link").read_text(), os.stat(root / "hard").st_nlink, (root / "dangling").exists())
os.utime(root / "log", ns=(1_000_000_000_123_456_789, 1_500_000_000_987_654_321))
print(os.stat(root / "log").st_mtime_ns, stat.filemode(os.lstat(root / "link").st_mode)[0])
for path, directories, files in sorted(os.walk(root)):
    print(path, sorted(directories), sorted(files))
print(sorted((entry.name, entry.is_dir(), entry.is_symlink()) for entry in os.scandir(root)))
attempt("missing", lambda: open(root / "missing"))
attempt("exclusive", lambda: open(root / "log", "x"))
attempt("a directory as a file", lambda: open(root / "a", "w"))
attempt("a file as a directory", lambda: os.listdir(root / "log"))
attempt("rmdir", lambda: os.rmdir(root / "a"))
attempt("unlink", lambda: os.unlink(root / "missing"))
attempt("mkdir", lambda: os.mkdir(root / "a"))
attempt("readlink", lambda: os.readlink(root / "log"))
attempt("rename", lambda: os.rename(root / "missing", root / "x"))
attempt("rename over a directory", lambda: os.replace(root / "log", root / "empty"))
os.replace(root / "log", root / "a" / "moved")
os.rename(root / "a", root / "empty" / "c")
print(sorted(os.listdir(root / "empty" / "c")))
shutil.copytree(root / "empty", root / "copy", symlinks=True)
print(sorted(str(path.relative_to(root)) for path in (root / "copy").rglob("*")))
with tempfile.TemporaryDirectory(dir=root) as name:
    pathlib.Path(name, "x").write_bytes(b"x")
shutil.rmtree(root / "empty")
print(sorted(os.listdir(root)))
print(len(sys.stdin.read().split()), "words came in")
