/** Convolutions of narrow groups against plain loops. */
package dev.cardinal.cpu.onednn.narrow;
