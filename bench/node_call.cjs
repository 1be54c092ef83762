// For Node what `riser run --invoke` is: compiles a module, calls an export with 32-bit integers and prints its result.
// Without an export it only compiles, without a module it does nothing. What the module imports must not be called.
const fs = require("fs");

const [path, name, ...operands] = process.argv.slice(2);
if (path !== undefined) {
    const module = new WebAssembly.Module(fs.readFileSync(path));
    if (name !== undefined) {
        const imports = {};
        for (const wanted of WebAssembly.Module.imports(module)) {
            imports[wanted.module] ??= {};
            imports[wanted.module][wanted.name] = () => {
                throw new Error(`the module called its import ${wanted.module}.${wanted.name}`);
            };
        }
        const instance = new WebAssembly.Instance(module, imports);
        console.log(String(instance.exports[name](...operands.map(Number))));
    }
}
