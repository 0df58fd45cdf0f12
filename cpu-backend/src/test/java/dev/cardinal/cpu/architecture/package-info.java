/** What holds across the CPU engines' packages: the arrows between rooms. */
package dev.cardinal.cpu.architecture;
