using AceProxy.Tests.MpegTs;

namespace AceProxy.Tests.Gates;

/// <summary>Four seconds of an encoder's stream, made by ffmpeg.</summary>
internal static class Clip
{
    public static async Task<byte[]> MakeAsync(string codec)
    {
        string coding = codec switch
        {
            "h264" => "-c:v libx264 -preset ultrafast -bf 2 -g 25 -keyint_min 25 -sc_threshold 0 -b:v 4M",
            "hevc" => "-c:v libx265 -preset ultrafast -x265-params keyint=25:min-keyint=25:log-level=none -b:v 4M",
            _ => throw new ArgumentOutOfRangeException(nameof(codec), codec, "h264 or hevc"),
        };
        string folder = Directory.CreateTempSubdirectory("aceproxy-clip-").FullName;
        try
        {
            string path = Path.Combine(folder, "clip.ts");
            (_, string errors) = await Ffmpeg.RunAsync(
                "ffmpeg",
                [
                    .. "-v error -y -f lavfi -i testsrc2=size=640x360:rate=25 -t 4".Split(' '), .. coding.Split(' '),
                    .. "-threads 1 -f mpegts".Split(' '), path,
                ]);
            return File.Exists(path) ? await File.ReadAllBytesAsync(path) : throw new InvalidOperationException($"no clip: {errors}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
