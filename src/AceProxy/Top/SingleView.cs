using System.Globalization;
using AceProxy.Top.Drawing;
using AceProxy.Top.Fetching;

namespace AceProxy.Top;

/// <summary>One look, as text: for scripts, and for what is no terminal.</summary>
internal static class SingleView
{
    private const int DefaultWidth = 120;

    /// <returns>Text, or why there is none.</returns>
    public static async Task<(string Text, string? Trouble)> ReadAsync(TopOptions options, TimeProvider time)
    {
        using var api = new ApiClient(options, time);
        using var reading = new CancellationTokenSource();
        List<ClusterEvent> events = [];
        Task feed = new EventFeed(api, time).RunAsync(events.Add, reading.Token);
        try
        {
            Answer<ClusterLists> first = await api.ReadAsync(CancellationToken.None);
            if (first.Trouble is { } atOnce)
            {
                return ("", atOnce.Text);
            }

            await Task.Delay(options.Interval, time); // a rate takes two looks
            Answer<ClusterLists> second = await api.ReadAsync(CancellationToken.None);
            if (second.Trouble is { } later)
            {
                return ("", later.Text);
            }

            await StopAsync();
            var canvas = new Canvas(WidthOf(Environment.GetEnvironmentVariable("COLUMNS")), int.MaxValue, false, Terminal.HasUnicode);
            var scene = new Scene
            {
                Url = options.Url,
                Now = time.GetLocalNow(),
                Snapshot = ClusterSnapshot.Of(second.Value!, ClusterSnapshot.Of(first.Value!, null, time), time),
                Events = events,
            };
            return (string.Join('\n', FrameText.Plain(Sheet.Of(scene, canvas), canvas)) + "\n", null);
        }
        finally
        {
            await StopAsync();
        }

        async Task StopAsync()
        {
            await reading.CancelAsync();
            await feed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static int WidthOf(string? columns) =>
        int.TryParse(columns, CultureInfo.InvariantCulture, out int width) && width >= Screen.LeastWidth ? Math.Min(width, 1000)
        : Console.IsOutputRedirected ? DefaultWidth
        : Math.Max(Screen.LeastWidth, Terminal.Size.Width);
}
