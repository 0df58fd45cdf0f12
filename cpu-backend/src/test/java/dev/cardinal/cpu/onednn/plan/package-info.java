/** How programs are put together. */
package dev.cardinal.cpu.onednn.plan;
