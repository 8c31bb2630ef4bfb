namespace AceProxy.Tests.Functional;

/// <summary>Limits that only a broken program or a broken test ever reaches.</summary>
internal static class SafetyNet
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Fires at the limit, or when the test is cancelled.</summary>
    /// <param name="limit">Another one, for what begins long before it is waited for.</param>
    public static CancellationTokenSource Start(TimeSpan? limit = null)
    {
        var net = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        net.CancelAfter(limit ?? Limit);
        return net;
    }

    /// <summary>For states that nothing signals: looks again and again until they hold.</summary>
    public static Task EventuallyAsync(Func<bool> holds, Func<string> describe) => EventuallyAsync(() => Task.FromResult(holds()), describe);

    /// <summary>The same, where looking takes a request.</summary>
    public static async Task EventuallyAsync(Func<Task<bool>> holds, Func<string> describe)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Limit, describe());
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
