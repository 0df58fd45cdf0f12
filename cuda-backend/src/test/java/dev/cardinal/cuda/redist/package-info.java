/**
 * NVIDIA's real libraries, run without a GPU. They come from the redistributables of the Maven profile {@code cuda-redist}; without them these tests are skipped, visibly.
 */
package dev.cardinal.cuda.redist;
