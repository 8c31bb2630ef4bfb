using System.Globalization;
using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.EngineSimulator.Tests.Wire;

namespace AceProxy.EngineSimulator.Tests.Playback;

public sealed class HlsPlaybackTests : EngineTest
{
    private readonly ManualTime _time = new();

    protected override SimulatorOptions Options => new() { TimeProvider = _time, IdleExpiry = TimeSpan.FromHours(1) };

    [Fact]
    public async Task Playlist_NewSession_HasThreeSegmentsOnTheRequestsHost()
    {
        var lines = await PlaylistAsync(await Client.StartAsync(Engine, hls: true));
        Assert.Equal(["#EXTM3U", "#EXT-X-VERSION:3"], lines.Take(2));
        Assert.Contains("#EXT-X-MEDIA-SEQUENCE:0", lines);
        Assert.Equal(3, lines.Count(line => line.StartsWith($"http://engine.test:6878/ace/c/{Demo.Infohash}/", StringComparison.Ordinal)));
        Assert.All(lines.Where(line => line.StartsWith("#EXTINF:", StringComparison.Ordinal)), line => Assert.Matches(@"^#EXTINF:\d+\.\d{6},$", line));
    }

    [Fact]
    public async Task Playlist_LongSession_SlidesInAWindowOfSeventeen()
    {
        var start = await Client.StartAsync(Engine, hls: true);
        _time.Advance(TimeSpan.FromMinutes(5));
        var lines = await PlaylistAsync(start);
        var sequence = int.Parse(lines.Single(line => line.StartsWith("#EXT-X-MEDIA-SEQUENCE:", StringComparison.Ordinal))[22..], CultureInfo.InvariantCulture);
        var segments = lines.Where(line => line.EndsWith(".ts", StringComparison.Ordinal)).ToList();
        Assert.Equal(17, segments.Count);
        Assert.InRange(sequence, 55, 65);
        Assert.EndsWith($"/{sequence}.ts", segments[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Segments_InARow_BeginWithTablesAndJoinWithoutAGap()
    {
        await Client.StartAsync(Engine, hls: true);
        var first = await SegmentAsync(0);
        var second = await SegmentAsync(1);
        Assert.Equal(0, TransportPacket.Pid(first));
        Assert.Equal(0, TransportPacket.Pid(second));
        Assert.Equal((Counter(first[^(20 * TransportPacket.Size)..]) + 1) & 15, Counter(second, fromEnd: false));
    }

    [Fact]
    public async Task Segment_NotThereYet_IsNotFound() =>
        Assert.Equal("download not found", await RawConnection.GetTextAsync(Engine, $"/ace/c/{Demo.Infohash}/0.ts"));

    [Fact]
    public async Task Segment_Truncated_EndsHalfWay()
    {
        Demo.Update(script => script with { TruncateSegments = true });
        await Client.StartAsync(Engine, hls: true);
        var (connection, head) = await RawConnection.GetAsync(Engine, $"/ace/c/{Demo.Infohash}/0.ts");
        using var _ = connection;
        Assert.Equal(RawConnection.ContentLength(head) / 2, (await connection.ReadToEndAsync()).Length);
    }

    [Fact]
    public async Task Playlist_StartTimeout_SaysSo()
    {
        Demo.Update(script => script with { PlaylistStartTimeout = true });
        var start = await Client.StartAsync(Engine, hls: true);
        Assert.Equal("start timeout", await RawConnection.GetTextAsync(Engine, Client.PathOf(start.PlaybackUrl)));
    }

    /// <summary>The counter of the last, or the first, packet of video.</summary>
    private static int Counter(byte[] bytes, bool fromEnd = true)
    {
        var video = bytes.Chunk(TransportPacket.Size).Where(packet => TransportPacket.Pid(packet) == 0x100 && TransportPacket.HasPayload(packet)).ToList();
        return (fromEnd ? video[^1] : video[0])[3] & 15;
    }

    private async Task<string[]> PlaylistAsync(Start start) =>
        (await RawConnection.GetTextAsync(Engine, Client.PathOf(start.PlaybackUrl))).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private async Task<byte[]> SegmentAsync(int number)
    {
        var (connection, head) = await RawConnection.GetAsync(Engine, $"/ace/c/{Demo.Infohash}/{number}.ts");
        using var _ = connection;
        return await connection.ReadAsync(RawConnection.ContentLength(head));
    }
}
