using System.Diagnostics;

namespace AceProxy.Tests.MpegTs;

/// <summary>Runs ffmpeg and ffprobe, the second opinion on real streams.</summary>
internal static class Ffmpeg
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static bool IsInstalled { get; } = Exists("ffmpeg") && Exists("ffprobe");

    /// <summary>Runs a program, feeds it, and returns what it wrote.</summary>
    public static async Task<(string Output, string Errors)> RunAsync(
        string program,
        IEnumerable<string> arguments,
        ReadOnlyMemory<byte> input = default)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            try
            {
                await process.StandardInput.BaseStream.WriteAsync(input, limit.Token);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It had seen enough, as one that decodes a single picture has.
            }

            await process.WaitForExitAsync(limit.Token);
            return (await output, await errors);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private static bool Exists(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program)));
}
