/** The suite of meshes on the CPU engines. */
package dev.cardinal.cpu.parallel;
