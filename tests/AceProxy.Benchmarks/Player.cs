using System.Diagnostics;
using AceProxy.Tests.Functional;

namespace AceProxy.Benchmarks;

/// <summary>One player that reads and checks a stamped stream until it is told to stop.</summary>
internal sealed class Player(HttpClient client, string query)
{
    private long _lastRead;

    public StreamChecker Checker { get; } = new();

    /// <summary>From the request to the first byte of the body.</summary>
    public TimeSpan FirstByte { get; private set; } = Timeout.InfiniteTimeSpan;

    /// <summary>The stream ended although nobody told it to.</summary>
    public bool WasEnded { get; private set; }

    public int Status { get; private set; }

    /// <summary>The longest time without a byte, once there was one.</summary>
    public TimeSpan LongestGap { get; private set; }

    public TimeSpan SinceLastRead => Stopwatch.GetElapsedTime(Volatile.Read(ref _lastRead));

    /// <param name="bytesPerSecond">How fast it takes what there is; 0 for as fast as it can.</param>
    public async Task PlayAsync(CancellationToken stop, int bytesPerSecond = 0)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            using HttpResponseMessage response = await client.GetAsync(
                $"/ace/getstream?{query}", HttpCompletionOption.ResponseHeadersRead, stop);
            Status = (int)response.StatusCode;
            response.EnsureSuccessStatusCode();
            using Stream body = await response.Content.ReadAsStreamAsync(stop);
            byte[] buffer = new byte[bytesPerSecond == 0 ? 64 * 1024 : bytesPerSecond];
            int read;
            while ((read = await body.ReadAsync(buffer, stop)) > 0)
            {
                if (_lastRead == 0)
                {
                    FirstByte = Stopwatch.GetElapsedTime(started);
                }
                else if (SinceLastRead > LongestGap)
                {
                    LongestGap = SinceLastRead;
                }

                Volatile.Write(ref _lastRead, Stopwatch.GetTimestamp());
                Checker.Add(buffer.AsSpan(0, read));
                if (bytesPerSecond > 0)
                {
                    await Task.Delay(TimeSpan.FromSeconds((double)read / bytesPerSecond), stop);
                }
            }

            WasEnded = true;
        }
        catch (OperationCanceledException)
        {
            // told to stop
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or ObjectDisposedException)
        {
            WasEnded = true;
        }
    }
}
