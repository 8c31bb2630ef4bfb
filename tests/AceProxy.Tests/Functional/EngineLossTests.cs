using System.Globalization;

namespace AceProxy.Tests.Functional;

/// <summary>An engine dies, or falls silent, under many streams with many viewers, and another is free.</summary>
[Collection(nameof(ZappingCollection))]
public sealed class EngineLossTests
{
    private const int Streams = 10;
    private const int ViewersOfEach = 20;
    private const double StallTimeout = 10;

    [Theory]
    [InlineData("killed", 8)]
    [InlineData("stopped", StallTimeout + 8)]
    public async Task Play_EngineIsLostUnderTenStreams_AllFlowAgainInTimeAndNobodyGetsAPacketTwice(string how, double limit)
    {
        await using EngineProcess lost = await EngineProcess.StartAsync(Streams, 800_000);
        await using EngineProcess other = await EngineProcess.StartAsync(Streams, 800_000);
        await using RunningProxy proxy = await RunningProxy.StartAsync(
            ("ENGINES", $"{lost.EndPoint};forwarded,{other.EndPoint}"), ("ENGINE_MAX_STREAMS", "10"), ("PROXY_GRACE_PERIOD", "0.5"),
            ("STALL_TIMEOUT", StallTimeout.ToString(CultureInfo.InvariantCulture)), ("ENGINE_STOP_TIMEOUT", "1"));
        Viewer[] viewers = await Task.WhenAll(Enumerable.Range(0, Streams * ViewersOfEach).Select(
            number => Viewer.JoinAsync(proxy, $"infohash={EngineProcess.Infohash(1 + (number % Streams))}")));
        DateTimeOffset joined = DateTimeOffset.UtcNow;
        await Task.WhenAll(viewers.Select(viewer => viewer.UntilNewerThanAsync(joined)));
        Assert.Equal((Streams, 0), (await lost.OpenSessionsAsync(), await other.OpenSessionsAsync()));

        DateTimeOffset struck = DateTimeOffset.UtcNow;
        await (how == "killed" ? lost.KillAsync() : lost.StopAsync());
        double[] gaps = await Task.WhenAll(viewers.Select(async viewer =>
        {
            await viewer.UntilNewerThanAsync(struck.AddSeconds(0.5)); // what had been on its way is not counted
            return (DateTimeOffset.UtcNow - struck).TotalSeconds;
        }));

        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{how}: {viewers.Length} viewers, flows again after {gaps.Min():0.00} to {gaps.Max():0.00} s, "
            + $"{viewers.Sum(viewer => viewer.Checker.Missing)} packets missing, {viewers.Sum(viewer => viewer.Checker.Repeated)} repeated"));
        Assert.All(gaps, gap => Assert.InRange(gap, 0, limit));
        Assert.All(viewers, viewer => Assert.Equal(
            (0, 0, 0), (viewer.Checker.Repeated, viewer.Checker.Misaligned, viewer.Checker.CounterErrors)));
        Assert.All(proxy.Streams.All(), stream => Assert.Equal(
            (other.EndPoint, 1), (stream.Progress.Session!.Engine.Address.Id, stream.Progress.Failovers)));
        foreach (Viewer viewer in viewers)
        {
            viewer.Dispose();
        }

        await proxy.SettledAsync();
        Assert.All(await other.StopsAsync(), stops => Assert.Equal(1, stops));
        Assert.Equal(0, await other.OpenSessionsAsync());
    }
}
