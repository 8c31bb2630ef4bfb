namespace AceProxy.Tests.Functional;

internal static class StreamAssertions
{
    /// <summary>Nothing missing, nothing twice, nothing misaligned, from the first byte on.</summary>
    public static void AssertGapless(this StreamChecker checker)
    {
        Assert.True(checker.Packets > 0, "nothing was received");
        Assert.Equal((0, 0, 0, 0), (checker.Misaligned, checker.Missing, checker.Repeated, checker.CounterErrors));
    }
}
