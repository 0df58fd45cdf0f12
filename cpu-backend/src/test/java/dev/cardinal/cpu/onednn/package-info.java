/** Tests of the oneDNN engine beyond the conformance suite. */
package dev.cardinal.cpu.onednn;
