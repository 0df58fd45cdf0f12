/**
 * Values only: element types, shapes and host-side tensors.
 *
 * <p>Depends on nothing else in Cardinal; every other package may depend on it. Start at
 * {@link dev.cardinal.tensor.HostTensor}, the array a person fills and reads, and {@link dev.cardinal.tensor.TensorType},
 * the element type and shape that every edge of a graph carries.
 */
package dev.cardinal.tensor;
