/** Meshes of simulated GPUs. */
package dev.cardinal.cuda.collective;
