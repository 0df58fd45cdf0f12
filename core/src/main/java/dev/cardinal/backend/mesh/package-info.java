/**
 * Several devices as one: a device whose programs are divided graphs, run by one thread per device.
 *
 * <p>Depends on {@code tensor}, {@code op}, {@code graph}, {@code pass}, {@code parallel} and {@code backend}. Start at {@link dev.cardinal.backend.mesh.MeshDevice}.
 */
package dev.cardinal.backend.mesh;
