using System.Diagnostics;
using System.Text.Json;

namespace AceProxy.Benchmarks.FanOut;

/// <summary>What the load generator saw, as it prints it.</summary>
internal sealed record LoadResult(
    int Readers, int Ok, int Closed, int Silent, long Lost, long Repeated, long Bad, int Unaligned, double FirstByteMsMedian,
    double LateMsMedian, double LateMsP99, double WindowS, long WindowBytes, double WindowCpuS, double CpuSPerGb, double LoadCpuS)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Everybody was served, nobody thrown out, and nothing that was checked is missing, repeated or broken.</summary>
    public bool IsGapless => Ok == Readers && Closed == 0 && Silent == 0 && Lost == 0 && Repeated == 0 && Bad == 0 && Unaligned == 0;

    public static async Task<LoadResult> RunAsync(IEnumerable<string> arguments)
    {
        using Process load = Process.Start(new ProcessStartInfo(NativeTools.Load, arguments) { RedirectStandardOutput = true })!;
        string output = await load.StandardOutput.ReadToEndAsync();
        await load.WaitForExitAsync();
        return JsonSerializer.Deserialize<LoadResult>(output, Json) ?? throw new InvalidOperationException($"the load generator failed: {output}");
    }
}
