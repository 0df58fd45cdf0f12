/**
 * What GPUs of a mesh exchange: through NCCL where it is there, else by copies from peer to peer, ordered by events, with the hosts' threads meeting only to know that events were recorded.
 *
 * <p>Depends on {@code api}, {@code plan} and {@code lowering}'s entries. Start at {@link dev.cardinal.cuda.collective.CollectiveLowerings}.
 */
package dev.cardinal.cuda.collective;
