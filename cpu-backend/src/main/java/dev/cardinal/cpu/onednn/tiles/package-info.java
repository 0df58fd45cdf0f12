/**
 * Products and convolutions in float32 by the tiles of recent processors (AMX), which multiply bfloat16 some sixteen times as fast as vectors multiply float32. Each float32 is split into three bfloat16
 * ({@link dev.cardinal.cpu.onednn.tiles.TileRoutines}); the six most significant of the nine products of parts are as exact as a product in float32. May depend on {@code machine}, {@code binding} and
 * {@code kernel}. Start with {@link dev.cardinal.cpu.onednn.tiles.TileConvolution}.
 */
package dev.cardinal.cpu.onednn.tiles;
