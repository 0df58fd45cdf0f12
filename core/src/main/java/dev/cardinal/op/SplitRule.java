package dev.cardinal.op;

/**
 * How an operation behaves when the channels of its inputs are divided over devices (Krizhevsky et al. 2012, section 3.5).
 *
 * @param kind what the operation needs of its inputs' channels
 * @param groups for {@link Kind#GROUPED}: the channel groups, which k devices divide if k divides their number
 * @param reason for {@link Kind#REFUSED}: why not
 */
public record SplitRule(Kind kind, int groups, String reason) {
  /** What an operation needs of its inputs' channels. */
  public enum Kind {
    /** Each output channel depends on the same channel of each input: follows any division. */
    CHANNELWISE,
    /** Output channels of a group depend on the input channels of that group: divides where the groups do. */
    GROUPED,
    /** Every output channel depends on all input channels, but outputs are independent: gather the inputs, divide the outputs. */
    DENSE,
    /** Needs everything in one place: runs undivided. */
    WHOLE,
    /** Cannot be placed at all. */
    REFUSED
  }

  /** Follows any division of the channels. */
  public static SplitRule channelwise() {
    return new SplitRule(Kind.CHANNELWISE, 0, "");
  }

  /** Divides where {@code groups} channel groups do; one group is dense. */
  public static SplitRule grouped(int groups) {
    return groups == 1 ? new SplitRule(Kind.DENSE, 1, "") : new SplitRule(Kind.GROUPED, groups, "");
  }

  /** Needs all input channels, produces independent output channels. */
  public static SplitRule dense() {
    return new SplitRule(Kind.DENSE, 1, "");
  }

  /** Runs undivided. */
  public static SplitRule whole() {
    return new SplitRule(Kind.WHOLE, 1, "");
  }

  /** Cannot be placed, with the reason. */
  public static SplitRule refuse(String reason) {
    return new SplitRule(Kind.REFUSED, 0, reason);
  }
}
