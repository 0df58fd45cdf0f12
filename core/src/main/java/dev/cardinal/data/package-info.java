/**
 * Labelled pictures: data sets, transforms, and the loader that turns them into batches on background threads.
 *
 * <p>Depends on {@link dev.cardinal.tensor} and {@link dev.cardinal.random}; sources and transforms live in sub-packages. Everything random is
 * drawn from counter-based streams named by (seed, epoch, sample), so results depend neither on threads nor on timing. Start at
 * {@link dev.cardinal.data.Datasets#open} and {@link dev.cardinal.data.Loader}.
 */
package dev.cardinal.data;
