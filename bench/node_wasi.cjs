// For Node what `riser run --dir HOST::GUEST` is: runs a WASI program with a directory, and with PWD=/ in its environment.
const fs = require("fs");
const { WASI } = require("wasi");

const [directory, program, ...rest] = process.argv.slice(2);
const [host, guest] = directory.split("::");
const wasi = new WASI({ version: "preview1", args: [program, ...rest], env: { PWD: "/" }, preopens: { [guest]: host } });
(async () => {
    const module = await WebAssembly.compile(fs.readFileSync(program));
    process.exitCode = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
})();
