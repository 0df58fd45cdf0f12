/** Every operation has a lowering, and each gives the reference's results in every form that values may have. Depends on the core's conformance cases and the simulated GPU. */
package dev.cardinal.cuda.lowering;
