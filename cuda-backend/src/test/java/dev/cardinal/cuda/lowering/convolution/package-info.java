/** Every implementation of the convolution family on the simulated GPU against the reference engine. */
package dev.cardinal.cuda.lowering.convolution;
