using AceProxy.Hosting;

return await Commands.RunAsync(args);
