/**
 * The service-provider interface that engines implement, and how they are found: providers, devices, variables, programs.
 *
 * <p>Depends on {@code tensor}, {@code op}, {@code graph} and {@code pass}. Start at {@link dev.cardinal.backend.Devices} to use a device and at
 * {@link dev.cardinal.backend.BackendProvider} to write one.
 */
package dev.cardinal.backend;
