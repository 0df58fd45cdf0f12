package dev.cardinal.cuda.api;

import java.util.Optional;

/**
 * NCCL, or why it cannot be used.
 *
 * @param nccl the library, if it was loaded
 * @param problem why it was not, as a clause; empty if it was
 */
public record NcclAccess(Optional<Nccl> nccl, String problem) {
  /** The loaded library. */
  public static NcclAccess of(Nccl nccl) {
    return new NcclAccess(Optional.of(nccl), "");
  }

  /** None, for a reason. */
  public static NcclAccess none(String problem) {
    return new NcclAccess(Optional.empty(), problem);
  }
}
