using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Playback;
using AceProxy.EngineSimulator.Tests.Wire;

namespace AceProxy.EngineSimulator.Tests.Playback;

public sealed class FilePlaybackTests : EngineTest
{
    private const int Length = 1_880;
    private static readonly byte[] File = MakeFile();

    [Fact]
    public async Task Start_File_IsNotLive()
    {
        await FilePathAsync();
        var reply = await Client.JsonAsync(Engine, "/ace/getstream?format=json&id=" + DemoContent.ContentId);
        Assert.Equal(0, (int)reply["response"]!["is_live"]!);
    }

    [Fact]
    public async Task Content_NoRange_IsTheWholeFile()
    {
        var (connection, head) = await RawConnection.GetAsync(Engine, await FilePathAsync());
        using var _ = connection;
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        Assert.Equal("bytes", RawConnection.Header(head, "Accept-Ranges"));
        Assert.Equal(File, await connection.ReadAsync(RawConnection.ContentLength(head)));
    }

    [Theory]
    [InlineData("0-", 0, 1879)]
    [InlineData("100-", 100, 1879)]
    [InlineData("188-375", 188, 375)]
    [InlineData("1879-1879", 1879, 1879)]
    [InlineData("-10", 1870, 1879)]
    public async Task Content_Range_IsThatPart(string range, int first, int last)
    {
        var (connection, head) = await RawConnection.GetAsync(Engine, await FilePathAsync(), $"Range: bytes={range}\r\n");
        using var _ = connection;
        Assert.StartsWith("HTTP/1.1 206", head, StringComparison.Ordinal);
        Assert.Equal($"bytes {first}-{last}/{Length}", RawConnection.Header(head, "Content-Range"));
        Assert.Equal(File[first..(last + 1)], await connection.ReadAsync(RawConnection.ContentLength(head)));
    }

    [Theory]
    [InlineData("0-1880")]
    [InlineData("1880-")]
    [InlineData("0-9,20-29")]
    [InlineData("9-5")]
    [InlineData("-0")]
    public async Task Content_RangeOutsideTheFile_Is416WithoutALength(string range)
    {
        var (connection, head) = await RawConnection.GetAsync(Engine, await FilePathAsync(), $"Range: bytes={range}\r\n");
        using var _ = connection;
        Assert.StartsWith("HTTP/1.1 416", head, StringComparison.Ordinal);
        Assert.Equal($"bytes */{Length}", RawConnection.Header(head, "Content-Range"));
        Assert.DoesNotContain("Content-Length", head, StringComparison.Ordinal);
        Assert.Empty(await connection.ReadToEndAsync());
    }

    [Fact]
    public void FromBroadcast_SomePackets_AreTheBroadcastsFirst()
    {
        var expected = new byte[10 * TransportPacket.Size];
        ClipBroadcast.Demo.Read(0, expected);
        Assert.Equal(expected, VodFile.FromBroadcast(ClipBroadcast.Demo, 10).Slice(0, expected.Length).ToArray());
    }

    private static byte[] MakeFile()
    {
        var bytes = new byte[Length];
        new Random(5).NextBytes(bytes);
        return bytes;
    }

    private async Task<string> FilePathAsync()
    {
        Demo.Update(script => script with { Vod = VodFile.FromBytes(File) });
        return await Client.ContentPathAsync(Engine, await Client.StartAsync(Engine));
    }
}
