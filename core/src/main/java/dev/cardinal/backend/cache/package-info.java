/**
 * What backends keep on disk between runs because it takes time to find out and can be found out again. Depends on nothing of the project. Start at {@link
 * dev.cardinal.backend.cache.AlgorithmMemory}.
 */
package dev.cardinal.backend.cache;
