/** Division over devices: plans of the published networks, and the suite that every engine's meshes must pass. Start at {@link dev.cardinal.parallel.MeshSuite}. */
package dev.cardinal.parallel;
