// Times the engine in WebAssembly, beside what `ledger_bench` says natively:
//   cargo build --bin ledger-in-wasm --target wasm32-unknown-unknown --profile client --no-default-features --features what-if
//   node examples/ledger_bench/in_wasm.mjs

import { readFile } from "node:fs/promises";

const file = process.argv[2] ?? "target/wasm32-unknown-unknown/client/ledger-in-wasm.wasm";
const module = await WebAssembly.compile(await readFile(file));
// What binds the library to a browser is imported, and never called here.
const imports = {};
for (const { module: from, name } of WebAssembly.Module.imports(module)) {
  imports[from] ??= {};
  imports[from][name] = () => 0;
}
const { exports } = await WebAssembly.instantiate(module, imports);

const times = { book: [], value: [], "a thousand ticks": [] };
exports.main(0, 0);
for (let round = 0; round < 31; round += 1) {
  for (const name of Object.keys(times)) {
    const start = performance.now();
    exports.main(0, 0);
    times[name].push(performance.now() - start);
  }
}
for (const [name, all] of Object.entries(times)) {
  all.sort((one, other) => one - other);
  console.log(`${name}: ${all[all.length >> 1].toFixed(3)} ms`);
}
