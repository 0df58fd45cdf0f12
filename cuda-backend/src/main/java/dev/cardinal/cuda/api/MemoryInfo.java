package dev.cardinal.cuda.api;

/**
 * Memory of a device at one moment.
 *
 * @param freeBytes not allocated by any process
 * @param totalBytes all of it
 */
public record MemoryInfo(long freeBytes, long totalBytes) {}
