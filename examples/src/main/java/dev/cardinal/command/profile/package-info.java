/**
 * Where the time of a program goes: times of its launches summed by kind of operation and by layer, compared with what the machine can do at most, and as a trace on a time line.
 *
 * <p>Depends on {@code core} and Jackson; knows no engine and no command. Start at {@link dev.cardinal.command.profile.Profile}.
 */
package dev.cardinal.command.profile;
