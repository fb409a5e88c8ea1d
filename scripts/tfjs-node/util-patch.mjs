// Import before @tensorflow/tfjs-node. Its version 4.22 calls util.isNullOrUndefined and util.isArray, which Node 23
// removed: from there on every operation of its backend fails with a TypeError. Adds what is missing, changes nothing else.
const util = process.getBuiltinModule('node:util');

util.isNullOrUndefined ??= (value) => value === null || value === undefined;
util.isArray ??= Array.isArray;
