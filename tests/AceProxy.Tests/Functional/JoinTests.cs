using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.EngineSimulator.Contents;
using AceProxy.MpegTs;
using AceProxy.Tests.Gates;

namespace AceProxy.Tests.Functional;

/// <summary>A second viewer of a warm stream with long GOPs gets a picture from its first packet on.</summary>
[Collection(nameof(GatesCollection))]
public sealed class JoinTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("libx264", "-x264-params", "keyint=250:min-keyint=250:scenecut=0:log-level=none")]
    [InlineData("libx265", "-x265-params", "keyint=250:min-keyint=250:scenecut=0:open-gop=0:log-level=none")]
    [InlineData("mpeg2video", "-g", "250")]
    public async Task GetStream_JoinInMidGop_FirstPictureDecodesWithoutAnErrorLine(string codec, string option, string value)
    {
        ExternalTool.Require("ffmpeg");
        byte[] clip = await EncodeAsync(codec, option, value);
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped() with
        {
            Broadcast = new ClipBroadcast(clip),
            Burst = TimeSpan.FromSeconds(21),
        });
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine);
        using HttpResponseMessage first = await proxy.GetAsync($"id={content.ContentId}", Cancellation);
        using Stream firstBody = await first.Content.ReadAsStreamAsync(Cancellation);
        await firstBody.ReadExactlyAsync(new byte[clip.Length / 2], Cancellation);

        using HttpResponseMessage second = await proxy.GetAsync($"id={content.ContentId}", Cancellation);
        using Stream body = await second.Content.ReadAsStreamAsync(Cancellation);
        byte[] joined = new byte[clip.Length / 4 / TsPacket.Size * TsPacket.Size];
        await body.ReadExactlyAsync(joined, Cancellation);

        Assert.Equal(TsPacket.PatPid, TsPacket.Pid(joined));
        (int exitCode, string output) = await ExternalTool.RunAsync(
            "ffmpeg", ["-v", "error", "-f", "mpegts", "-i", "-", "-frames:v", "5", "-f", "null", "-"], joined);
        Assert.Equal((0, ""), (exitCode, output));
        Assert.Equal(1, engine.SessionsOpened);
    }

    /// <summary>20 s with a key frame every 10 s.</summary>
    private static async Task<byte[]> EncodeAsync(string codec, string option, string value)
    {
        string file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.ts");
        try
        {
            (int exitCode, string output) = await ExternalTool.RunAsync("ffmpeg",
            [
                "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=20", "-c:v", codec, option, value,
                "-b:v", "400k", "-bf", "2", "-pix_fmt", "yuv420p", "-f", "mpegts", file,
            ]);
            Assert.True(exitCode == 0, output);
            return await File.ReadAllBytesAsync(file, Cancellation);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
