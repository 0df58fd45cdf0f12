/**
 * Products and convolutions in float32 by the tiles of recent processors (AMX), which multiply bfloat16 some sixteen times as fast as vectors multiply float32: each float32 is split into three bfloat16, and the
 * six most significant of the nine products of parts are as exact as a product in float32. Beside them, by the same threads, what is limited by memory: the passes over maps that
 * batch normalisation makes between convolutions, depthwise convolutions ({@link dev.cardinal.cpu.onednn.tiles.DepthwiseConvolution}), and dropout with the random words it draws
 * ({@link dev.cardinal.cpu.onednn.tiles.TileDropout}); and convolutions in groups of few channels
 * ({@link dev.cardinal.cpu.onednn.tiles.GroupedConvolution}), of which products of matrices would be mostly zeros, by vectors.
 *
 * <p>All of it is machine code ({@link dev.cardinal.cpu.onednn.tiles.TileRoutines}, {@link dev.cardinal.cpu.onednn.tiles.TileProducts}, {@link dev.cardinal.cpu.onednn.tiles.NormaliseRoutines}) that the library's
 * own threads run over a list of work ({@link dev.cardinal.cpu.onednn.tiles.TileJob}). May depend on {@code machine}, {@code binding}, {@code kernel} and, of the core, {@code op}, {@code tensor} and {@code random}. Start with
 * {@link dev.cardinal.cpu.onednn.tiles.TileConvolution}.
 */
package dev.cardinal.cpu.onednn.tiles;
