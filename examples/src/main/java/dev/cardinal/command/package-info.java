/**
 * The {@code cardinal} command: one class for each sub-command, and what they share.
 *
 * <p>May depend on the whole core; finds engines through the service loader only. Start at {@link dev.cardinal.command.Cardinal}.
 */
package dev.cardinal.command;
