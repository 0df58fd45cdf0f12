/**
 * Changes to pictures, for augmentation and for evaluation, and presets of them.
 *
 * <p>Depends on {@link dev.cardinal.random} and the value types of {@link dev.cardinal.data}. Each class is one transform, a pure function of
 * picture and generator. Start at {@link dev.cardinal.data.transform.Augmentations}.
 */
package dev.cardinal.data.transform;
