using System.Buffers.Binary;
using System.Net.Sockets;
using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Tests.Wire;

namespace AceProxy.EngineSimulator.Tests.Playback;

public sealed class LivePlaybackTests : EngineTest
{
    [Fact]
    public async Task Content_Live_IsChunkedAndKeptAliveThoughAskedToClose()
    {
        var (reader, head) = await Client.PlayAsync(Engine, await Client.StartAsync(Engine), "Connection: close\r\nRange: bytes=0-\r\n");
        using var _ = reader;
        Assert.StartsWith("HTTP/1.1 200 OK", head, StringComparison.Ordinal);
        Assert.Equal("video/mp2t", RawConnection.Header(head, "Content-Type"));
        Assert.Equal("chunked", RawConnection.Header(head, "Transfer-Encoding"));
        Assert.Equal("Keep-Alive", RawConnection.Header(head, "Connection"));
        Assert.Equal("timeout=15, max=100", RawConnection.Header(head, "Keep-Alive"));
        Assert.DoesNotContain("Content-Length", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_Http10Request_IsChunkedToo()
    {
        var path = await Client.ContentPathAsync(Engine, await Client.StartAsync(Engine));
        using var reader = await RawConnection.OpenAsync(Engine);
        await reader.RequestAsync("GET", path, version: "HTTP/1.0");
        Assert.Contains("Transfer-Encoding: chunked", await reader.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_AfterCleanEnd_TheConnectionServesTheNextRequest()
    {
        using var reader = await Client.WatchAsync(Engine);
        Assert.Equal(1, Demo.Fault(StreamFault.Eof));
        await reader.ReadToCleanEndAsync();
        await reader.RequestAsync("GET", "/webui/api/service?method=get_version");
        Assert.StartsWith("HTTP/1.1 200", await reader.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_MidPacketStart_BeginsWithinAPacketInWritesOfOddSize()
    {
        var (reader, _) = await Client.PlayAsync(Engine, await Client.StartAsync(Engine));
        using var __ = reader;
        var chunks = new List<byte[]>();
        while (chunks.Sum(chunk => chunk.Length) < 100_000)
            chunks.Add(await reader.ReadChunkAsync());
        Assert.NotEqual(0, SyncOffset([.. chunks.SelectMany(chunk => chunk)]));
        Assert.Contains(chunks, chunk => chunk.Length % TransportPacket.Size != 0);
    }

    [Fact]
    public async Task Content_PacketStart_BeginsWithASyncByte()
    {
        Demo.Update(script => script with { StartMidPacket = false });
        var (reader, _) = await Client.PlayAsync(Engine, await Client.StartAsync(Engine));
        using var __ = reader;
        Assert.Equal(0, SyncOffset(await reader.ReadChunkedAsync(100_000)));
    }

    [Fact]
    public async Task Content_TwoEngines_ServeTheSamePackets()
    {
        await using var second = await SimulatedEngine.StartAsync();
        second.Add(Other.Script);
        using var one = (await Client.PlayAsync(Engine, await Client.StartAsync(Engine, infohash: OtherInfohash))).Connection;
        using var two = (await Client.PlayAsync(second, await Client.StartAsync(second, infohash: OtherInfohash))).Connection;
        var packets = Packets(await one.ReadChunkedAsync(600_000)).ToDictionary(packet => Sequence(packet));
        var shared = Packets(await two.ReadChunkedAsync(600_000)).Where(packet => packets.ContainsKey(Sequence(packet))).ToList();
        Assert.NotEmpty(shared);
        Assert.All(shared, packet => Assert.Equal(packets[Sequence(packet)], packet));
    }

    [Fact]
    public async Task Content_Burst_ReachesBackThatFarAndThenKeepsTheRate()
    {
        var time = new ManualTime();
        await using var engine = await SimulatedEngine.StartAsync(new SimulatorOptions { TimeProvider = time });
        var content = engine.Add(Other.Script with { Burst = TimeSpan.FromSeconds(3), WriteJitter = TimeSpan.Zero });
        using var reader = (await Client.PlayAsync(engine, await Client.StartAsync(engine, infohash: content.Infohash))).Connection;
        const int Second = 2_000_000 / 8;
        await engine.WaitUntilAsync(_ => engine.Sessions[0].BytesSent > 3 * Second - 400, Client.Patience, TestContext.Current.CancellationToken);
        Assert.InRange(engine.Sessions[0].BytesSent, 3 * Second - 400, 3 * Second + 400);
        await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(40), TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(1));
        await engine.WaitUntilAsync(_ => engine.Sessions[0].BytesSent > 4 * Second - 400, Client.Patience, TestContext.Current.CancellationToken);
        Assert.InRange(engine.Sessions[0].BytesSent, 4 * Second - 400, 4 * Second + 400);
    }

    [Fact]
    public async Task Content_NegativeBurst_BeginsAheadOfTheLiveEdgeWhenThatIsOnTheAir()
    {
        var time = new ManualTime();
        await using var engine = await SimulatedEngine.StartAsync(new SimulatorOptions { TimeProvider = time });
        var content = engine.Add(Other.Script with { Burst = TimeSpan.FromSeconds(-2), WriteInterval = TimeSpan.FromSeconds(1), WriteJitter = TimeSpan.Zero });
        var edge = content.Script.Broadcast.PacketAt(time.GetUtcNow() - content.Script.OnAirSince);
        using var reader = (await Client.PlayAsync(engine, await Client.StartAsync(engine, infohash: content.Infohash))).Connection;
        for (var second = 0; second < 3; second++)
        {
            await time.WaitForTimerAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
            Assert.InRange(engine.Sessions[0].BytesSent, 0, TransportPacket.Size); // none, and when it is time not more than one
            time.Advance(TimeSpan.FromSeconds(1));
        }
        var packets = Packets(await reader.ReadChunkedAsync(100_000)).ToList();
        var ahead = (content.Script.Broadcast as StampedBroadcast)!.PacketAt(TimeSpan.FromSeconds(2));
        var expected = new byte[TransportPacket.Size];
        content.Script.Broadcast.Read(edge + ahead + 2, expected);
        Assert.Contains(packets.Take(4), packet => packet.AsSpan().SequenceEqual(expected));
    }

    [Fact]
    public async Task Content_Unpaced_RunsAheadOfTheClock()
    {
        Demo.Update(script => script with { Unpaced = true });
        using var reader = await Client.WatchAsync(Engine);
        await reader.ReadChunkedAsync(3_000_000); // 50 s of the demo channel
    }

    [Fact]
    public async Task Fault_Reset_IsRstWithinAChunk()
    {
        using var reader = await Client.WatchAsync(Engine);
        Demo.Fault(StreamFault.Reset);
        await Assert.ThrowsAsync<SocketException>(reader.ReadToEndAsync);
        await UntilAsync(engine => engine.ReaderCount == 0);
        Assert.Equal(1, Engine.OpenSessionCount);
    }

    [Fact]
    public async Task Fault_Truncate_IsFinWithinAChunk()
    {
        using var reader = await Client.WatchAsync(Engine);
        Demo.Fault(StreamFault.Truncate);
        await Assert.ThrowsAsync<EndOfStreamException>(reader.ReadToCleanEndAsync);
        await UntilAsync(engine => engine.ReaderCount == 0);
    }

    [Fact]
    public async Task Fault_Stall_LosesNothing()
    {
        Other.Update(script => script with { Burst = TimeSpan.FromMilliseconds(200) });
        using var reader = (await Client.PlayAsync(Engine, await Client.StartAsync(Engine, infohash: OtherInfohash))).Connection;
        Other.Fault(StreamFault.Stall(TimeSpan.FromMilliseconds(300)));
        AssertContinuous(Packets(await reader.ReadChunkedAsync(200_000)));
    }

    [Fact]
    public async Task Fault_Silence_HoldsEverythingUntilLifted()
    {
        var time = new ManualTime();
        await using var engine = await SimulatedEngine.StartAsync(new SimulatorOptions { TimeProvider = time });
        var content = engine.Add(Other.Script with { WriteJitter = TimeSpan.Zero });
        using var reader = (await Client.PlayAsync(engine, await Client.StartAsync(engine, infohash: content.Infohash))).Connection;
        await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(40), TestContext.Current.CancellationToken);
        var before = await reader.ReadChunkedAsync((int)engine.Sessions[0].BytesSent);
        content.Fault(StreamFault.Silence);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(reader.HasNothingToRead);
        content.Lift();
        var after = await reader.ReadChunkedAsync(240_000);
        AssertContinuous(Packets([.. before, .. after]));
    }

    [Fact]
    public async Task Fault_Garbage_BreaksTheSync()
    {
        Demo.Update(script => script with { StartMidPacket = false });
        var (reader, _) = await Client.PlayAsync(Engine, await Client.StartAsync(Engine));
        using var __ = reader;
        var before = await reader.ReadChunkedAsync(50_000);
        Demo.Fault(StreamFault.Garbage(1_000));
        var all = before.Concat(await reader.ReadChunkedAsync(400_000 - before.Length)).ToArray();
        Assert.Contains(Enumerable.Range(0, all.Length / TransportPacket.Size), packet => all[packet * TransportPacket.Size] != TransportPacket.SyncByte);
    }

    [Fact]
    public async Task Fault_DropPackets_LeavesAHoleOfThatManyPackets()
    {
        using var reader = (await Client.PlayAsync(Engine, await Client.StartAsync(Engine, infohash: OtherInfohash))).Connection;
        var before = await reader.ReadChunkedAsync(100_000);
        Other.Fault(StreamFault.DropPackets(50));
        var packets = Packets([.. before, .. await reader.ReadChunkedAsync(1_000_000)]);
        var missing = packets.Zip(packets.Skip(1), (one, next) => Sequence(next) - Sequence(one) - 1).Sum();
        Assert.InRange(missing, 44, 50); // of fifty packets a few are tables, which carry no stamp
    }

    [Fact]
    public async Task Content_Silent_OpensAndSendsNothingUntilUpdated()
    {
        Demo.Update(script => script with { Silent = true });
        var (reader, head) = await Client.PlayAsync(Engine, await Client.StartAsync(Engine));
        using var _ = reader;
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        Assert.True(reader.HasNothingToRead);
        Assert.Equal(0, Engine.Sessions.Single().BytesSent);
        Demo.Update(script => script with { Silent = false });
        Assert.NotEmpty(await reader.ReadChunkAsync());
    }

    [Fact]
    public async Task Content_SilentAndClientGone_KeepsTheReaderUntilTheNextWrite()
    {
        Demo.Update(script => script with { Silent = true });
        var (reader, _) = await Client.PlayAsync(Engine, await Client.StartAsync(Engine));
        reader.Dispose();
        await Client.JsonAsync(Engine, "/webui/api/service?method=get_version");
        Assert.Equal(1, Engine.ReaderCount);
        Demo.Update(script => script with { Silent = false });
        await UntilAsync(engine => engine.ReaderCount == 0);
    }

    [Fact]
    public async Task Content_EofAfter_EndsCleanly()
    {
        Demo.Update(script => script with { EofAfter = TimeSpan.FromMilliseconds(200) });
        using var reader = await Client.WatchAsync(Engine);
        await reader.ReadToCleanEndAsync();
    }

    [Fact]
    public async Task Content_CloseFraming_EndsWithTheConnection()
    {
        Demo.Update(script => script with { Framing = EngineSimulator.Contents.StreamFraming.Close });
        var (reader, head) = await Client.PlayAsync(Engine, await Client.StartAsync(Engine));
        using var _ = reader;
        Assert.DoesNotContain("Transfer-Encoding", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Keep-Alive", head, StringComparison.Ordinal);
        await reader.ReadAsync(10_000);
        Demo.Fault(StreamFault.Eof);
        SyncOffset(await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task Content_LengthFraming_Is206OfAVeryLongFile()
    {
        Demo.Update(script => script with { Framing = EngineSimulator.Contents.StreamFraming.ContentLength });
        var (reader, head) = await Client.PlayAsync(Engine, await Client.StartAsync(Engine));
        using var _ = reader;
        Assert.StartsWith("HTTP/1.1 206", head, StringComparison.Ordinal);
        Assert.Equal("1099511627776", RawConnection.Header(head, "Content-Length"));
        SyncOffset(await reader.ReadAsync(50_000));
    }

    [Fact]
    public async Task Content_SecondReader_GetsADoubledStatusLine()
    {
        var path = await Client.ContentPathAsync(Engine, await Client.StartAsync(Engine));
        var (first, _) = await RawConnection.GetAsync(Engine, path);
        var (second, head) = await RawConnection.GetAsync(Engine, path, "Connection: close\r\n");
        using var __ = first;
        using var ___ = second;
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nHTTP/1.1 500 Internal Server Error\r\n", head, StringComparison.Ordinal);
        Assert.Equal("failed to seek"u8.ToArray(), await second.ReadToEndAsync());
        await first.ReadChunkAsync();
    }

    [Fact]
    public async Task Content_SecondReaderWaiting_IsServedWhenTheFirstEnds()
    {
        Demo.Update(script => script with { SecondReader = SecondReaderRule.WaitForFirst });
        var path = await Client.ContentPathAsync(Engine, await Client.StartAsync(Engine));
        var (first, _) = await RawConnection.GetAsync(Engine, path);
        using var second = await RawConnection.OpenAsync(Engine);
        await second.RequestAsync("GET", path);
        await UntilAsync(engine => engine.Events.Any(change => change.Kind == EngineSimulator.Observation.EngineEventKind.ReaderRefused));
        Assert.True(second.HasNothingToRead);
        first.Dispose();
        Assert.StartsWith("HTTP/1.1 200", await second.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PlaybackStage.Content, 403)]
    [InlineData(PlaybackStage.Content, 404)]
    [InlineData(PlaybackStage.Redirect, 500)]
    public async Task Playback_Status_HasABodyThatIsNoVideo(PlaybackStage stage, int status)
    {
        Demo.Update(script => script with { PlaybackStatus = status, PlaybackStatusAt = stage });
        var start = await Client.StartAsync(Engine);
        var target = stage == PlaybackStage.Redirect ? Client.PathOf(start.PlaybackUrl) : await Client.ContentPathAsync(Engine, start);
        var (connection, head) = await RawConnection.GetAsync(Engine, target);
        using var _ = connection;
        Assert.StartsWith($"HTTP/1.1 {status} ", head, StringComparison.Ordinal);
        Assert.Contains("html", System.Text.Encoding.ASCII.GetString(await connection.ReadAsync(RawConnection.ContentLength(head))), StringComparison.Ordinal);
    }

    private static int SyncOffset(byte[] bytes) =>
        Enumerable.Range(0, TransportPacket.Size).Single(at =>
            Enumerable.Range(0, (bytes.Length - at) / TransportPacket.Size).All(i => bytes[at + i * TransportPacket.Size] == TransportPacket.SyncByte));

    /// <summary>The whole stamped packets in these bytes.</summary>
    private static List<byte[]> Packets(byte[] bytes) =>
        [.. bytes.Skip(SyncOffset(bytes)).Chunk(TransportPacket.Size).Where(packet => packet.Length == TransportPacket.Size && TransportPacket.Pid(packet) == StampedBroadcast.StampedPid)];

    private static long Sequence(byte[] packet) =>
        BinaryPrimitives.ReadInt64BigEndian(packet.AsSpan(172)) ^ unchecked((long)0xA5A5A5A5A5A5A5A5);

    private static void AssertContinuous(List<byte[]> packets) =>
        Assert.All(packets.Zip(packets.Skip(1)), pair => Assert.Equal(Sequence(pair.First) + 1, Sequence(pair.Second)));
}
