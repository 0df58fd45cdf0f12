/** Machine code against another assembler's, and run where the processor suits. */
package dev.cardinal.cpu.onednn.machine;
