using System.Globalization;
using System.Net;
using AceProxy.EngineSimulator.Broadcasting;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Playback;

namespace AceProxy.EngineSimulator.CommandLine;

/// <summary>Reads the console's arguments and collects everything that is wrong with them.</summary>
internal sealed class ArgumentParser
{
    public const string Usage = """
        Usage: AceProxy.EngineSimulator [options]
          --port N                          port of the engine's API, 0 = a free one (default 6878)
          --bind ADDRESS                    address to listen on (default 127.0.0.1)
          --control-port N                  port of the control API, 0 = a free one (default: none)
          --content demo                    add the built-in demo channel (default if no other content is given)
          --stamped ID:INFOHASH:BITS:GOP    add a synthetic stream: bits per second, GOP in seconds
          --file ID:INFOHASH:PATH           add a transport stream file, looped for ever
          --vod ID:INFOHASH:PATH            add a file to seek in
          --burst SECONDS                   stream time sent at once to a new reader (default 3)
          --reader-expiry SECONDS           end sessions whose reader gets nothing for so long (default: never)
          --seed N                          seed of everything uneven (default 1)
          --fast                            leave out the delays of a real engine
          --verbose                         log every state change
          --help                            show this
        """;

    private readonly List<string> _problems = [];
    private readonly List<ContentScript> _contents = [];
    private SimulatorOptions _options = new() { Port = 6878 };
    private TimeSpan _burst = TimeSpan.FromSeconds(3);
    private bool _help;
    private bool _fast;
    private bool _verbose;

    public static SimulatorArguments Parse(IReadOnlyList<string> arguments) => new ArgumentParser().Run(arguments);

    private SimulatorArguments Run(IReadOnlyList<string> arguments)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            if (TakeFlag(arguments[i]))
                continue;
            if (i + 1 < arguments.Count)
                TakeOption(arguments[i], arguments[++i]);
            else
                _problems.Add($"{arguments[i]}: unknown option, or an option without its value");
        }
        if (_contents.Count == 0)
            _contents.Add(DemoContent.Script);
        foreach (var twice in _contents.SelectMany(one => new[] { one.ContentId, one.Infohash }.Distinct()).GroupBy(id => id).Where(ids => ids.Count() > 1))
            _problems.Add($"{twice.Key}: given to more than one content");
        var contents = _contents.Select(one => (_fast ? one : one.WithRealisticTiming()) with { Burst = _burst });
        return new SimulatorArguments(_help, _verbose, _fast ? _options : _options.WithRealisticTiming(), [.. contents], [.. _problems]);
    }

    private bool TakeFlag(string name)
    {
        switch (name)
        {
            case "--help" or "-h":
                return _help = true;
            case "--fast":
                return _fast = true;
            case "--verbose":
                return _verbose = true;
            default:
                return false;
        }
    }

    private void TakeOption(string name, string value)
    {
        switch (name)
        {
            case "--port" when TryNumber(name, value, 65_535, out var port):
                _options = _options with { Port = port };
                break;
            case "--control-port" when TryNumber(name, value, 65_535, out var port):
                _options = _options with { ControlPort = port };
                break;
            case "--seed" when TryNumber(name, value, int.MaxValue, out var seed):
                _options = _options with { Seed = seed };
                break;
            case "--burst" when TryNumber(name, value, 3_600, out var seconds):
                _burst = TimeSpan.FromSeconds(seconds);
                break;
            case "--reader-expiry" when TryNumber(name, value, 3_600, out var seconds):
                _options = _options with { ReaderExpiry = TimeSpan.FromSeconds(seconds) };
                break;
            case "--bind" when IPAddress.TryParse(value, out var address):
                _options = _options with { Address = address };
                break;
            case "--bind":
                _problems.Add($"--bind {value}: not an IP address");
                break;
            case "--content" when value == "demo":
                _contents.Add(DemoContent.Script);
                break;
            case "--content":
                _problems.Add($"--content {value}: the only built-in content is 'demo'");
                break;
            case "--stamped" or "--file" or "--vod":
                AddContent(name, value);
                break;
            case "--port" or "--control-port" or "--seed" or "--burst" or "--reader-expiry":
                break;
            default:
                _problems.Add($"{name}: unknown option");
                break;
        }
    }

    private bool TryNumber(string name, string value, int largest, out int number)
    {
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= largest)
            return true;
        _problems.Add($"{name} {value}: not a whole number from 0 to {largest}");
        return false;
    }

    private void AddContent(string kind, string value)
    {
        try
        {
            if (value.Split(':', 3) is not [var id, var infohash, var source] || !IsHex40(id) || !IsHex40(infohash))
                throw new FormatException("must begin with two ids of 40 hex digits, each followed by a colon");
            var script = new ContentScript { ContentId = id, Infohash = infohash, Name = kind[2..] + " " + source };
            _contents.Add(kind switch
            {
                "--stamped" => script with { Broadcast = Stamped(source) },
                "--file" => script with { Broadcast = ClipBroadcast.FromFile(source) },
                _ => script with { Vod = VodFile.FromBytes(File.ReadAllBytes(source)) },
            });
        }
        catch (Exception wrong) when (wrong is FormatException or IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException)
        {
            _problems.Add($"{kind} {value}: {wrong.Message}");
        }
    }

    private static StampedBroadcast Stamped(string source)
    {
        if (source.Split(':') is [var bits, var gop]
            && int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out var bitsPerSecond)
            && double.TryParse(gop, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds <= 600)
            return new StampedBroadcast(bitsPerSecond, TimeSpan.FromSeconds(seconds));
        throw new FormatException("must end with bits per second, a colon and seconds");
    }

    private static bool IsHex40(string id) => id.Length == 40 && id.All(char.IsAsciiHexDigit);
}
