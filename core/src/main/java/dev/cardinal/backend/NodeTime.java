package dev.cardinal.backend;

/**
 * Time spent in one launch of a program.
 *
 * @param name the layer's path
 * @param op the operation's name; {@code Reorder} for layout changes that the backend inserted
 * @param detail what ran it, as in the name of the kernel
 * @param runs how many runs the time covers
 * @param seconds over those runs
 * @param macs multiply-adds of one run
 * @param bytes read and written in one run
 */
public record NodeTime(String name, String op, String detail, long runs, double seconds, long macs, long bytes) {}
