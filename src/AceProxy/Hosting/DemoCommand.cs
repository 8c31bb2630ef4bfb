using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;

namespace AceProxy.Hosting;

/// <summary>The main job without a real engine: a simulated one in this process, on a free loopback port, that plays a looped clip.</summary>
internal static class DemoCommand
{
    public static async Task<int> RunAsync(Func<IEnumerable<KeyValuePair<string, string?>>, Task<int>> serve)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        engine.Add(DemoContent.Script);
        string root = ListenOptions.First(Environment.GetEnvironmentVariable("ASPNETCORE_URLS")).GetLeftPart(UriPartial.Authority);
        Console.WriteLine($"""

            AceProxy with a demonstration engine. Open one of these in VLC (Media > Open Network Stream), mpv or ffplay:

              {root}/ace/getstream?id={DemoContent.ContentId}
              {root}/ace/getstream?infohash={DemoContent.Infohash}

            Both are one stream: open them in several players and see one session at {root}/api/streams
            With a real engine: ENGINES=host:6878 instead of 'demo'. Ctrl+C ends it.

            """);
        return await serve([new("ENGINES", engine.EndPoint.ToString())]);
    }
}
