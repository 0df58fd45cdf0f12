/**
 * What a person looks at after, or during, training: the history as CSV and TensorBoard events, curves and confusion matrix as pictures,
 * and a report in one self-contained HTML file.
 *
 * <p>Depends on {@code dev.cardinal.io} (for atomic replacement), Java2D and XChart; knows nothing of tensors, networks or trainers.
 * Start at {@link dev.cardinal.report.HtmlReport}. Needs no display; where the environment names
 * one that does not answer, start Java with {@code -Djava.awt.headless=true}.
 */
package dev.cardinal.report;
