/** Products of tiles against sums in float64. */
package dev.cardinal.cpu.onednn.tiles;
