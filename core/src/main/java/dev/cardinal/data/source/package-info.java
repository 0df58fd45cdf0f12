/**
 * Where labelled pictures come from: image folders (on disk, in a zip, in a tar), CIFAR binary files, IDX files, arrays in memory.
 *
 * <p>Nothing is ever unpacked to a path that an archive chooses. Depends on {@link dev.cardinal.data}'s value types,
 * {@link dev.cardinal.data.image} and commons-compress. Start at {@link dev.cardinal.data.source.ImageFolders}.
 */
package dev.cardinal.data.source;
