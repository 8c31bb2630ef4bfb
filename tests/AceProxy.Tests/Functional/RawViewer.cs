using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Delivery;

namespace AceProxy.Tests.Functional;

/// <summary>A player that reads when the test wants it to, and checks the bare bytes: framing, transport stream and content.</summary>
internal sealed class RawViewer : IDisposable
{
    private RawViewer(Wire wire, WireHead head, StampedBroadcast broadcast)
    {
        (Wire, Head) = (wire, head);
        Content = new BroadcastComparison(broadcast);
        Body = new FramedBody(bytes =>
        {
            Checker.Add(bytes);
            Content.Add(bytes);
        });
    }

    public Wire Wire { get; }

    public WireHead Head { get; }

    public FramedBody Body { get; }

    public StreamChecker Checker { get; } = new();

    public BroadcastComparison Content { get; }

    /// <param name="more">Header lines, and requests that follow at once.</param>
    public static async Task<RawViewer> JoinAsync(
        RunningProxy proxy, SimulatedContent content, string headers = "", string more = "", int? receiveBuffer = null)
    {
        (Wire wire, WireHead head) = await Wire.AskAsync(proxy, $"{Get(content, headers)}{more}", receiveBuffer);
        Assert.Equal(("HTTP/1.1 200 OK", "chunked"), (head.StatusLine, head["Transfer-Encoding"]));
        return new RawViewer(wire, head, (StampedBroadcast)content.Script.Broadcast);
    }

    /// <summary>Asks on a connection that has had its answer.</summary>
    public static async Task<RawViewer> JoinOnAsync(Wire wire, SimulatedContent content)
    {
        await wire.SendAsync(Get(content, ""));
        WireHead head = await wire.ReadHeadAsync();
        Assert.Equal(("HTTP/1.1 200 OK", "chunked"), (head.StatusLine, head["Transfer-Encoding"]));
        return new RawViewer(wire, head, (StampedBroadcast)content.Script.Broadcast);
    }

    /// <summary>Reads until the condition holds; the body must not end before.</summary>
    public async Task UntilAsync(Func<RawViewer, bool> condition)
    {
        while (!condition(this))
        {
            Assert.True(await Wire.ReadSomeAsync(int.MaxValue, Body.Add), $"the connection ended after {Body.Bytes} bytes");
            Assert.False(Body.IsOver, $"the body ended after {Body.Bytes} bytes");
        }
    }

    /// <summary>Reads until it has had two tenths of a second that were not on the air yet when it began: it keeps up.</summary>
    public Task UntilLiveAsync()
    {
        DateTimeOffset soon = DateTimeOffset.UtcNow.AddSeconds(0.2);
        return UntilAsync(viewer => viewer.Checker.NewestOnAir > soon);
    }

    /// <summary>Reads to the last chunk, at most so much at a time.</summary>
    public async Task ToLastChunkAsync(int piece = int.MaxValue)
    {
        while (!Body.IsOver)
        {
            Assert.True(await Wire.ReadSomeAsync(piece, Body.Add), $"the connection ended after {Body.Bytes} bytes");
        }
    }

    /// <summary>Reads to the end of the connection, which may be a reset.</summary>
    public async Task ToConnectionsEndAsync()
    {
        try
        {
            while (!Body.IsOver && await Wire.ReadSomeAsync(int.MaxValue, Body.Add))
            {
                // Until then.
            }
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Reset.
        }
    }

    public void AssertGapless()
    {
        Checker.AssertGapless();
        Assert.True(Content.Packets > 0, "nothing was compared");
        Assert.Single(Content.Landings);
    }

    public void Dispose() => Wire.Dispose();

    private static string Get(SimulatedContent content, string headers) =>
        $"GET /ace/getstream?infohash={content.Infohash} HTTP/1.1\r\nHost: proxy\r\n{headers}\r\n";
}
